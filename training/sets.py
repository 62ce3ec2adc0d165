"""The sets to train on: name, where each comes from, licence. Public repositories on GitHub; data are fetched, never committed."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    name: str
    repository: str  # owner/name on GitHub
    licence: str
    pattern: str  # a regular expression of the paths of its pictures
    side: int = 224  # pixels: the longest side of a kept picture
    labels: str = 'none'  # where classes come from: group 1 of the pattern ('folder'), each its own ('own'), none, or a table (labels.py)
    plain: bool = False  # a plain ground that can be cut away
    natural: bool = False  # only pictures without a plain border are taken
    commit: str = 'HEAD'
    what: str = ''


SOURCES = (
    Source('tiny', 'seshuad/IMagenet', 'ImageNet terms: research', r'^tiny-imagenet-200/train/(n\d+)/images/.*\.JPEG$', 64, 'folder',
           what='Tiny-ImageNet train, 200 classes'),
    Source('nette', 'thunderInfy/imagenette', 'ImageNet terms: research (Imagenette Apache-2.0)', r'^(?:train|val)/(n\d+)/.*\.JPEG$', labels='folder',
           what='Imagenette, 10 classes'),
    Source('woof', 'thunderInfy/imagewoof', 'ImageNet terms: research (Imagewoof Apache-2.0)', r'^(?:train|val)/(n\d+)/.*\.JPEG$', labels='folder',
           what='Imagewoof, 10 breeds of dogs'),
    Source('sample', 'EliSchwartz/imagenet-sample-images', 'ImageNet terms: research', r'^n\d+_.*\.JPEG$',
           what='one picture of each of 1000 ImageNet classes'),
    Source('myntra', 'GaneshNeupane01/Fashion-Recommendation-System', 'Fashion Product Images (Kaggle): MIT, pictures of Myntra',
           r'^images/\d+\.jpg$', labels='myntra', plain=True, what='fashion packshots; classes are article types, titles held out one in five'),
    Source('packshots', 'dodkom11/piotr-i-pawel', 'none stated: pictures of a supermarket, for research', r'^images/\d+\.jpg$', labels='own', plain=True,
           what='supermarket packshots, each its own class'),
    Source('garments', 'Srishti002/Multimodal-Fashion-Context-Retrieval', 'none stated; Fashionpedia: CC BY 4.0, its photos research',
           r'^Dataset/output_directory/[0-9a-f]{32}\.jpg$', labels='garments', what='single garments on people, cut out of Fashionpedia by their boxes'),
    Source('attributes', 'suki2691/ClothingClassifier', 'none stated; Clothing Attribute Dataset (Stanford): research',
           r'^ClothingAttributeDataset/images/\d+\.jpg$', labels='attributes', commit='e20a181fd9b3e4ed67c3146ea1f5ed21da900e35',
           what='street style with categories and sleeves'),
    Source('street', 'Rachitaraman/glance-fashion-retrieval', 'none stated; Fashionpedia: CC BY 4.0, its photos research',
           r'^data/images/[0-9a-f]+\.jpg$', natural=True, what='street, runway and red carpet'),
    Source('wardrobe', 'Ankush-choudhary76/multimodal-fashion-retrieval', 'none stated; probably Fashionpedia', r'^dataset/images/[0-9a-f]{32}\.jpg$',
           natural=True, what='people, and some clothes that hang or lie'),
    Source('mirror', 'AadrianLeo/Fashion-Style-Classifier', 'none stated: photos from Reddit, for research',
           r'^Dataset/images/[0-9a-f]{8}-[^_]+_\d+\.\w+$', natural=True, what='selfies in mirrors and street photos'),
    Source('web', 'julianweisbord/clothing-recognition', 'none stated: photos from the web, for research',
           r'^(?:train|val)/(Blazer|Jeans|Sweatpants)/\d+\.jpg$', labels='folder', natural=True, what='web photos of three kinds of clothes'),
    Source('rooms', 'MiguelARD/DoorDetect-Dataset', 'none stated; Open Images: CC BY 2.0 each', r'^images/.*\.jpg$', natural=True,
           what='kitchens and furniture'),
)

# Article type, colour and title of each Myntra picture: two tables with the same rows.
MYNTRA_TABLES = 'animmala3942/FashionProductRecommendationSystem'

# Never trained on, nor tuned to: what the results are measured with.
HELD_OUT = ('Grocery Store', 'clothing-dataset', 'Caltech-101', 'ETH-80', 'COIL-100', 'ECSSD', 'FOD-A', 'CCP', 'held-out Myntra titles')
